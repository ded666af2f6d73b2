-- summary: Rollbook: contacts of students
-- area: people
-- core: students
-- declare: relationship = studentcontactdetail.relationshiptypecodesetid
-- declare: prefix = person.prefixcodesetid
-- declare: gender = person.gendercodesetid
-- declare: phone_kind = personphonenumberassoc.phonetypecodesetid
-- declare: phone_2 = personphonenumberassoc.phonenumberpriorityorder
-- declare: phone_2_kind = personphonenumberassoc.phonenumberid
-- declare: phone_3 = personphonenumberassoc.ispreferred
-- declare: phone_3_kind = personphonenumberassoc.personid
-- declare: state = personaddress.statescodesetid
select
  a.studentcontactassocid as contact_key,
  a.studentdcid as student_dcid,
  sc.dcid as school_dcid,
  p.id as person_id,
  a.contactpriorityorder as priority,
  rel.code as relationship,
  p.firstname as first_name,
  p.middlename as middle_name,
  p.lastname as last_name,
  pre.code as prefix,
  gen.code as gender,
  p.isactive as is_active,
  d.iscustodial as custodial,
  d.isemergency as emergency,
  d.liveswithflg as lives_with,
  d.schoolpickupflg as school_pickup,
  d.receivesmailflg as receives_mail,
  to_char(d.enddate, 'YYYY-MM-DD') as end_date,
  (select min(em.emailaddress)
     from personemailaddressassoc pe
     join emailaddress em on em.emailaddressid = pe.emailaddressid
    where pe.personid = p.id and pe.isprimaryemailaddress = 1) as email,
  (select min(n1.phonenumberasentered) from personphonenumberassoc n1
    where n1.personid = p.id and n1.phonenumberpriorityorder = 1) as phone,
  (select min(k1.code) from personphonenumberassoc m1 join codeset k1 on k1.codesetid = m1.phonetypecodesetid
    where m1.personid = p.id and m1.phonenumberpriorityorder = 1) as phone_kind,
  (select min(n2.phonenumberasentered) from personphonenumberassoc n2
    where n2.personid = p.id and n2.phonenumberpriorityorder = 2) as phone_2,
  (select min(k2.code) from personphonenumberassoc m2 join codeset k2 on k2.codesetid = m2.phonetypecodesetid
    where m2.personid = p.id and m2.phonenumberpriorityorder = 2) as phone_2_kind,
  (select min(n3.phonenumberasentered) from personphonenumberassoc n3
    where n3.personid = p.id and n3.phonenumberpriorityorder = 3) as phone_3,
  (select min(k3.code) from personphonenumberassoc m3 join codeset k3 on k3.codesetid = m3.phonetypecodesetid
    where m3.personid = p.id and m3.phonenumberpriorityorder = 3) as phone_3_kind,
  ad.street as street,
  ad.linetwo as street_2,
  ad.city as city,
  st.code as state,
  ad.postalcode as zip
from studentcontactassoc a
join students s on s.dcid = a.studentdcid
left join schools sc on sc.school_number = s.schoolid
join person p on p.id = a.personid
join studentcontactdetail d on d.studentcontactdetailid =
  (select max(dx.studentcontactdetailid) from studentcontactdetail dx
    where dx.studentcontactassocid = a.studentcontactassocid and dx.isactive = 1)
left join codeset rel on rel.codesetid = d.relationshiptypecodesetid
left join codeset pre on pre.codesetid = p.prefixcodesetid
left join codeset gen on gen.codesetid = p.gendercodesetid
left join personaddress ad on ad.personaddressid =
  (select min(ax.personaddressid) from personaddressassoc ax
    where ax.personid = p.id and ax.addresspriorityorder = 1)
left join codeset st on st.codesetid = ad.statescodesetid
where a.studentcontactassocid > :after
  and s.enroll_status in (0, -1)
  and (nvl(to_char(a.whenmodified, 'YYYY-MM-DD'), '0') >= :since
    or to_char(p.whenmodified, 'YYYY-MM-DD') >= :since
    or to_char(d.whenmodified, 'YYYY-MM-DD') >= :since
    or to_char(ad.whenmodified, 'YYYY-MM-DD') >= :since
    or exists (select 1 from personphonenumberassoc nx
                where nx.personid = p.id and to_char(nx.whenmodified, 'YYYY-MM-DD') >= :since)
    or exists (select 1 from personemailaddressassoc px
                 join emailaddress ex on ex.emailaddressid = px.emailaddressid
                where px.personid = p.id and to_char(ex.whenmodified, 'YYYY-MM-DD') >= :since))
order by a.studentcontactassocid
