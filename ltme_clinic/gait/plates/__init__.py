"""Force plates under the feet: loads, whose contact it is, whether it can be trusted, and each foot's whole force."""
