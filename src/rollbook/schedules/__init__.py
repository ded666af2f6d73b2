"""When integrations run by themselves: their schedules, and the beat that queues what is due."""
