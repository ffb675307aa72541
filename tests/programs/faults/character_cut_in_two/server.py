import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
while True:
    data = conn.recv(16)
    if not data:
        break
    print(data.decode(errors="replace"))
conn.close()
