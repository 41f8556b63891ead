"""The given files of `pytorch_mlp_framework`, written anew from their description."""
