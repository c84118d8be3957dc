"""Work orders in the machine room: the government clock's data, and what drives the life cycle."""
