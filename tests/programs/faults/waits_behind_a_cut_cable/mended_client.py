import socket

s = socket.create_connection(("server", 12345))
s.settimeout(3)
for question in [b"hello\n", b"are you there?\n"]:
    s.sendall(question)
    try:
        print(s.recv(1024).decode())
    except TimeoutError:
        print("no answer")
