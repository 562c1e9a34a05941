"""Two triangles of the literature, cumulative, with what was published about them."""

# Historical loss development of general liability, automatic facultative business without asbestos and environmental, in thousands:
# Reinsurance Association of America, 1991; printed in Mack (1994), table 1.
RAA = (
    (5012, 8269, 10907, 11805, 13539, 16181, 18009, 18608, 18662, 18834),
    (106, 4285, 5396, 10666, 13782, 15599, 15496, 16169, 16704),
    (3410, 8992, 13873, 16141, 18735, 22214, 22863, 23466),
    (5655, 11555, 15766, 21266, 23425, 26083, 27067),
    (1092, 9565, 15836, 22169, 25955, 26180),
    (1513, 6445, 11702, 12935, 15852),
    (557, 4020, 10946, 12314),
    (1351, 6947, 13112),
    (3133, 5395),
    (2063,),
)
RAA_FACTORS = (2.9994, 1.6235, 1.2709, 1.1717, 1.1134, 1.0419, 1.0333, 1.0169, 1.0092)
# Mack (1994), table 2: reserve and standard error by accident year, 1981 to 1990, and in all.
RAA_RESERVES = (0, 154, 617, 1636, 2747, 3649, 5435, 10907, 10650, 16339)
RAA_ERRORS = (0, 206, 623, 747, 1469, 2002, 2209, 5358, 6333, 24566)
RAA_RESERVE, RAA_ERROR = 52135, 26909

# Taylor and Ashe (1983), "Second moments of estimates of outstanding claims", Journal of Econometrics 23; in Mack (1993), table 1.
TAYLOR_ASHE = (
    (357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463),
    (352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085),
    (290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315),
    (310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268),
    (443160, 1136350, 2128333, 2897821, 3402672, 3873311),
    (396132, 1333217, 2180715, 2985752, 3691712),
    (440832, 1288463, 2419861, 3483130),
    (359480, 1421128, 2864498),
    (376686, 1363294),
    (344014,),
)
# Mack (1993), section 6, in thousands there; and in all to the unit, as the R package ChainLadder and others print it.
TAYLOR_ASHE_RESERVES = (0, 95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626)
TAYLOR_ASHE_ERRORS_IN_PERCENT = (0, 80, 26, 19, 27, 29, 26, 22, 23, 29)
TAYLOR_ASHE_RESERVE, TAYLOR_ASHE_ERROR = 18680856, 2447095
