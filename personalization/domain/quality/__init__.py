"""What a night is judged by before what it made is shown to anybody."""
