-- summary: Rollbook: sections of one year
-- area: teaching
-- core: sections
select
  sec.dcid as section_dcid,
  co.dcid as course_dcid,
  sc.dcid as school_dcid,
  t.dcid as term_dcid,
  sec.termid as term_id,
  sec.section_number as section_number,
  co.course_number as course_number,
  co.course_name as course_name,
  co.sched_department as department,
  sec.room as room,
  sec.expression as expression,
  sec.grade_level as grade_level
from sections sec
join courses co on co.course_number = sec.course_number
join schools sc on sc.school_number = sec.schoolid
left join terms t on t.schoolid = sec.schoolid and t.id = sec.termid
where sec.dcid > :after
  and sec.termid between :yearid * 100 and :yearid * 100 + 99
  and (nvl(to_char(sec.transaction_date, 'YYYY-MM-DD'), '0') >= :since
    or nvl(to_char(co.transaction_date, 'YYYY-MM-DD'), '0') >= :since)
order by sec.dcid
