"""The application of a night: one process that takes the steps of one night, one after the other.

Starting Python with everything that a step needs takes seconds, and starting Spark takes more. So
the first step of a night starts a process that stays, and each step is a small process that asks
it and waits: Airflow has its result, its log, its retries and its time, and Spark starts once.
"""
