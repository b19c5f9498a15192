"""Decision replay: past decisions made again from the history and compared with the kept ones."""
