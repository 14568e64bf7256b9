"""What is the adapters' own business, beside what their ports promise. Layer: tests."""
