"""What students run on their own machine: the public checks, the starter kit, handing in.

Their own code on their own machine needs no sandbox. The verdict that counts is made elsewhere, from what they hand in.
"""
