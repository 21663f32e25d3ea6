"""The sheets of how firm the classes are: whom to look at first, which scenario moves how many.

Belongs here: which columns the office reads. Does not: what a scenario is (`data/policy`), how
a class is computed under it (`dbt_project/models/firmness`).
"""

from __future__ import annotations

from orchestration.presentation.sheets import BY_REGION, Field, Sheets, in_order
from orchestration.workbooks import Table

_COLOUR = "#548235"


class Firmness(Sheets):
    """Both sheets, where the release has classified units."""

    def all(self) -> list[Table]:
        """The sheets that have rows, in the order of the workbook."""
        return [sheet for sheet in (self.units(), self.scenarios()) if sheet.rows]

    def units(self) -> Table:
        """Each classified unit, in its county those first that keep their class in the fewest scenarios."""
        result, firm = "enterprise_result", "enterprise_firmness"
        fields = [
            Field("county_name", f"{result}.county_name", 18),
            Field("firmness", f"{firm}.firmness", 11, centred=True),
            Field("scenarios", f"{firm}.scenarios", 9, centred=True),
            Field("class", f"{result}.class", 7, centred=True),
            Field("best_class", f"{firm}.best_class", 9, centred=True),
            Field("worst_class", f"{firm}.worst_class", 9, centred=True),
            Field("enterprise_name", f"{result}.enterprise_name", 40),
            Field("uscc", f"{result}.uscc", 22),
            Field("rank", f"{result}.rank", 7, centred=True),
            Field("total_score", f"{result}.total_score", 10),
        ]
        source = f"""
            from enterprise_firmness join enterprise_result using (county_code, uscc)
            order by {BY_REGION}, county_code, firmness, rank, uscc
        """
        return self.table(
            "等级稳定性",
            "每区县等级最不稳定的企业在前，宜先核对其数据；每种情形只改变一处，其余同本次结果",
            fields,
            source,
            frozen=1,
            parted_by=0,
            classes=3,
            colour=_COLOUR,
        )

    def scenarios(self) -> Table:
        """By county how many change class under each scenario."""
        listed = self.release.execute(
            f"""
            select code, label_zh from code_list
            where subject = 'scenario' and code in (select scenario from scenario)
            order by
                split_part(code, ':', 1) = 'decision', split_part(code, ':', 1),
                {in_order("indicators", "split_part(code, ':', 2)")}, code
            """
        ).fetchall()
        fields = [
            Field("coalesce(county_name, '合计')", "enterprise_result.county_name", 18),
            Field("sum(classified)", "scenario.classified", 11),
        ]
        for place, (_, label) in enumerate(listed):
            band, _, indicator = label.partition("：")
            fields.append(Field(f"sum(changed_{place})", indicator or label, 14, band=band, unit="户"))
        changed = "".join(
            f", max(changed) filter (scenario = $scenario_{place}) as changed_{place}"
            for place in range(len(listed))
        )
        by_county = f"select county_code, max(classified) as classified{changed} from scenario group by all"
        source = f"""
            from ({by_county})
            join (select distinct county_code, county_name, region from enterprise_result) using (county_code)
            group by grouping sets ((county_code, county_name, region), ())
            order by county_code is null, {BY_REGION}, county_code
        """
        return self.table(
            "测试情形",
            "各情形下各区县等级变动的企业户数；空白表示该区域没有这项指标的权数",
            fields,
            source,
            {f"scenario_{place}": code for place, (code, _) in enumerate(listed)},
            frozen=2,
            parted_by=0,
            total=True,
            colour=_COLOUR,
        )
