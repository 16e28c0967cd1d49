-- Choose the best seats of a category and lock their rows; no seats: not enough could be had.
-- Relaxed step by step, and said so: neighbours with no single seat left over (a run of exactly so many, or of two
-- more), then neighbours (orphan), then seats apart (split). Places of general admission have no neighbours.
CREATE OR REPLACE FUNCTION choose_best(in_category categories, wanted integer, at_moment timestamptz)
RETURNS choice LANGUAGE plpgsql AS $$
DECLARE
    of_category bigint := in_category.category_id;
    neat bigint := 1::bigint << wanted | -1::bigint << wanted + 2;
    long_enough bigint := -1::bigint << wanted;
    chosen choice;
BEGIN
    IF NOT in_category.is_area THEN
        chosen.seats := choose_together(of_category, wanted, neat, at_moment);
    END IF;
    IF chosen.seats IS NULL THEN
        chosen := (choose_together(of_category, wanted, long_enough, at_moment), 'orphan');
    END IF;
    IF chosen.seats IS NULL THEN
        chosen := (choose_apart(of_category, wanted, at_moment), 'split');
    END IF;
    IF in_category.is_area THEN
        chosen.relaxed := NULL;
    END IF;
    RETURN chosen;
END $$;
