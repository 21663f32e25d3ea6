with attributed_rows as (
    {{ attributed(ref('stg_tax__tax_payments')) }}
),

final as (
    select
        *,
        value_added_tax + consumption_tax + enterprise_income_tax + individual_income_tax + property_tax
        + urban_land_use_tax + vehicle_vessel_tax + land_appreciation_tax + stamp_duty
        + urban_construction_tax + resource_tax + education_surcharge + local_education_surcharge
        + policy_relief as tax
    from attributed_rows
)

select * from final
