"""What visitors send: corrections and consultations."""
