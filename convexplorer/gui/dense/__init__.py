"""The panel that compares a dense layer with a convolutional one."""
