"""General helpers: files, processes, locks, the cache. Nothing here depends on number formats."""
