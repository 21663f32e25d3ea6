-- One row per evaluated park: the sums of its base, its indicators, score and rank within its region.
{{ territory_results('park') }}
