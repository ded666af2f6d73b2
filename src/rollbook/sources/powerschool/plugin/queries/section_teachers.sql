-- summary: Rollbook: who teaches which section
-- area: teaching
-- core: sections
-- declare: school_dcid = sections.schoolid
select
  st.id as section_teacher_id,
  sec.dcid as section_dcid,
  f.users_dcid as users_dcid,
  sc.dcid as school_dcid,
  r.name as role,
  to_char(st.start_date, 'YYYY-MM-DD') as start_date,
  to_char(st.end_date, 'YYYY-MM-DD') as end_date
from sectionteacher st
join sections sec on sec.id = st.sectionid
join schoolstaff f on f.id = st.teacherid
join roledef r on r.id = st.roleid
join schools sc on sc.school_number = sec.schoolid
where st.id > :after
  and sec.termid between :yearid * 100 and :yearid * 100 + 99
  and f.status = 1
  and nvl(to_char(st.transaction_date, 'YYYY-MM-DD'), '0') >= :since
order by st.id
