"""Wrong answers to the exercise that `checks.start` checks."""

ANA, BEN, CLEO = (1, 10, 1), (10, 1, 1), (1, 1, 100)

WRONG = {
    "advise": [
        (lambda: ((0.1, 1, 1), BEN, CLEO), "β must grow, compared with α and with γ"),
        (lambda: (ANA, (1, 10, 1), CLEO), "Ben's picture has too little content"),
        (lambda: (ANA, BEN, (1, 1, 0.1)), "Cleo's picture has too many specks"),
        (lambda: ((1, 1, 1), BEN, CLEO), "Ana changes nothing"),
        (lambda: (ANA, (10, 10, 10), CLEO), "only their ratios matter"),
        (lambda: (ANA, (10, 0.1, 1), CLEO), "more than one weight"),
        (lambda: (ANA, BEN, (1, 1, 10)), "Cleo is on the right track, but 10 changes too little"),
        (lambda: (ANA, (1, 0.2, 1), CLEO), "Ben is on the right track, but 0.2 changes too little"),
        (lambda: ((1, 1e6, 1), BEN, CLEO), "goes too far"),
        (lambda: (ANA, BEN, (1, 1, 0)), "switches a term off"),
        (lambda: (10, 10, 10), "not (3,)"),
    ],
}
