with source as (
    select * from {{ source('landing', 'tax_payments') }}
),

final as (
    select
        year,
        uscc,
        taxpayer_name,
        county_code,
        {{ published_unit('tax_payments', 'value_added_tax') }} as value_added_tax,
        {{ published_unit('tax_payments', 'consumption_tax') }} as consumption_tax,
        {{ published_unit('tax_payments', 'enterprise_income_tax') }} as enterprise_income_tax,
        {{ published_unit('tax_payments', 'individual_income_tax') }} as individual_income_tax,
        {{ published_unit('tax_payments', 'property_tax') }} as property_tax,
        {{ published_unit('tax_payments', 'urban_land_use_tax') }} as urban_land_use_tax,
        {{ published_unit('tax_payments', 'vehicle_vessel_tax') }} as vehicle_vessel_tax,
        {{ published_unit('tax_payments', 'land_appreciation_tax') }} as land_appreciation_tax,
        {{ published_unit('tax_payments', 'stamp_duty') }} as stamp_duty,
        {{ published_unit('tax_payments', 'urban_construction_tax') }} as urban_construction_tax,
        {{ published_unit('tax_payments', 'resource_tax') }} as resource_tax,
        {{ published_unit('tax_payments', 'education_surcharge') }} as education_surcharge,
        {{ published_unit('tax_payments', 'local_education_surcharge') }} as local_education_surcharge,
        {{ published_unit('tax_payments', 'policy_relief') }} as policy_relief,
        tax_credit_grade,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
