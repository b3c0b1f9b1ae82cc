-- Who answered for a deployment's creator when it was made: a bot's token may be handed to somebody else while it waits (threat T10).
alter table deployments add column answering_id bigint references users on delete set null;
