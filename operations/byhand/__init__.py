"""What people look at and change by hand: pages, flags, restrictions, profiles, the queue, locks, jobs."""
