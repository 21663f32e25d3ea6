-- One row per evaluated county: the sums of its base, its indicators, score and rank within its region.
{{ territory_results('county') }}
