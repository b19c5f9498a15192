"""Names of the nightly off-policy evaluation's files and columns.

The export writes the rounds, Spark sums them, and a report is made of the sums; they are named
here because those three must agree and never see each other.
"""

OFF_POLICY_FOLDER = "off_policy"
"""In the warehouse: one folder `day=YYYY-MM-DD` a day of decisions."""
ROUNDS_FILE = "rounds.parquet"
SUMS_FILE = "sums.json"
"""What Spark made of the rounds."""
REPORT_FILE = "report.json"

SESSION_ID = "session_id"
PLACEMENT = "placement"
"""Where it was shown."""
STRATEGY = "strategy"
"""What the row listed; `rank` for a list of the shop's own, `profile` for a profile."""
REWARD = "reward"
"""The outcome, -1..1."""
PROPENSITY = "propensity"
CHOSEN = "chosen"
"""Index of what was shown, from 0."""
LOGGING = "logging"
"""Probability of every action by the policy that served."""
PREDICTED = "predicted"
"""The reward model's prediction for every action."""
TARGETS = "targets"
"""Policy -> its probability of every action."""

POLICY = "policy"
TARGET = "target"
"""One policy's probability of every action."""
ESTIMATOR = "estimator"
