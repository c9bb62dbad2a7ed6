print("reszoo")
