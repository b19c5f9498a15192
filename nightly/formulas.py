from pathlib import Path

FORMULAS = Path(__file__).parent.parent / "spark_jobs"
"""The jobs with their transforms; their code is a part of a generation's identity."""
