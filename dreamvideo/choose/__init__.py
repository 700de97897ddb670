"""Choose by eye: sheets of pictures, and a quick survey of a clip."""
