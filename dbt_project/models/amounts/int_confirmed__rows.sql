{{ of_units(ref('stg_planning__land_confirmed')) }}
