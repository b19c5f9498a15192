"""What has to stay true of the code itself: its sizes, its names, its documents."""
