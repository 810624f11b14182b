-- How many ratings there were of a day (input '') and in how many of them an input was missing: made from the ratings by who
-- follows them, and made anew from them when it is thrown away. It is not of the chain, so its rows may change.
CREATE TABLE input_counts (
    day TEXT NOT NULL,
    input TEXT NOT NULL,
    missing INTEGER NOT NULL,
    PRIMARY KEY (day, input)
) STRICT, WITHOUT ROWID;

-- The last audit line of which the rating is counted; no row before the first.
CREATE TABLE input_counts_through (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    line INTEGER NOT NULL
) STRICT;
