{{ territory_results('county') }}
