"""From a session to its decision and profile: the code that api, realtime and evaluation share."""
