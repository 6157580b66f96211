"""`eros rollback`: a recorded update's program again, over tables that keep what they hold."""
