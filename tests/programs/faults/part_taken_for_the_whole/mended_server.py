import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
letter = b""
while part := conn.recv(1000000):
    letter += part
conn.sendall(f"got {len(letter)} bytes".encode())
conn.close()
