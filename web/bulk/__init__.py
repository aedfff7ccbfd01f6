"""Files by the year for whoever wants all of it: made by a job, served as they lie."""
