"""What a network learns from: MNIST, and how images come in batches and in variations."""
