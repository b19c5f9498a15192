"""Vowpal Wabbit behind the policy and its learner."""
