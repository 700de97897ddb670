"""What a job will cost here, and what dreaming costs."""
