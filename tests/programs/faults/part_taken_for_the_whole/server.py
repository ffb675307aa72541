import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
letter = conn.recv(1000000)
conn.sendall(f"got {len(letter)} bytes".encode())
while conn.recv(1000000):
    pass
conn.close()
