-- What a program of schema version 10 adds: what agents wrote about the customer.
INSERT INTO contact_notes (id, workspace_id, contact_id, agent_id, body, at)
VALUES ($not, $wsp, $con, $agt, 'Prefers the mornings', 5000000);
INSERT INTO contact_attributes (contact_id, name, workspace_id, value) VALUES ($con, 'city', $wsp, 'Valencia');
