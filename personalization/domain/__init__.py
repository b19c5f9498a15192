"""What the words of personalization mean: values and rules, no input or output."""
