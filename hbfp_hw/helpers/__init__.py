"""General helpers: files, processes, locks, the cache. Nothing here knows of block formats."""
