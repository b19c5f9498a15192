"""What experiments have shown: units and their metrics from the histories, and conclusions.

Serving assigns and logs (`personalization.ranking`); here the kept past is read and judged.
"""
