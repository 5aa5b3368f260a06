"""What can go wrong with workers, broker, database and disk, done to real processes. `make faults` runs these.

FAULTS_KILLS says how often each random kill is repeated; FAULTS_BROKER=outside puts the broker on a port, as a Redis
elsewhere would be; DATABASE_URL chooses the database, as for the site."""
