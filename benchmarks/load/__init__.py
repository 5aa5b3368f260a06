"""What the site bears: a real deployment of several processes, clients that keep it busy, a day that is replayed."""
