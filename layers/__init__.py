"""What is published: the vocabulary that the ETL and the portal share."""
