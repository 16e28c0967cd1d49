-- name: authorise
SELECT sandbox_authorise(%(key)s, %(request)s, %(authorisation)s, %(first)s);

-- name: capture
SELECT sandbox_capture(%(key)s, %(authorisation)s, %(method_that_fails)s);

-- name: void
SELECT sandbox_void(%(key)s, %(authorisation)s);

-- name: refund
SELECT sandbox_refund(%(key)s, %(authorisation)s, %(amount)s);

-- name: find
SELECT status, method, amount, currency FROM sandbox.authorisations WHERE authorisation = %(authorisation)s;

-- name: decide
UPDATE sandbox.authorisations SET status = %(status)s WHERE authorisation = %(authorisation)s
    AND status = 'needs_action' RETURNING status;
