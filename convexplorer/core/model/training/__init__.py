"""What a training run is: values that a project holds and a session keeps. `core.learn` does the training."""
