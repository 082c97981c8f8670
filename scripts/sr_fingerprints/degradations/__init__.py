"""What happens to images outside the laboratory, and how far attribution holds after it."""
