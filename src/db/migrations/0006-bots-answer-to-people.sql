-- Who answers for what somebody does: behind the bot of an access token the person who made it or was last
-- handed its token, else they themselves (threat T10).
create function answers_for(p_user bigint) returns bigint stable language sql as $$
  select coalesce((select u.created_by_id from users u where u.id = p_user and u.user_type <> 'human'), p_user)
$$;

-- The rules a person fits now. Under a bare count the approvers are those who may deploy. A role or a group that a bot was given lets
-- it work, not vote: only an entry that names the bot does (threat T29).
create or replace function approval_keys(p_user bigint, p_environment bigint) returns text[] stable language sql as $$
  select coalesce(array_agg(r.key), '{}') from environment_rules r
   where r.environment_id = p_environment
     and case when r.approval_rule_id is null
              then entry_lets_in(p_user, r.protected_environment_id, r.project_id, r.owner_group_id)
              else matches_subject(p_user, r.project_id, r.owner_group_id, r.access_level, r.user_id, r.group_id, r.group_inheritance_type) end
     and (exists (select 1 from users u where u.id = p_user and u.user_type = 'human')
          or case when r.approval_rule_id is null
                  then exists (select 1 from deploy_access_levels l
                                where l.protected_environment_id = r.protected_environment_id and l.user_id = p_user)
                  else r.user_id is not distinct from p_user end)
$$;
